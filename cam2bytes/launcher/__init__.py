"""`./dev run`: everything cam2bytes needs, started, watched and stopped together.

options      what was asked for on the command line and in the environment, checked
network      names, addresses and ports of this machine
certificate  the certificate of one's own behind --https
broker       which Redis-protocol server carries the messages
programs     the processes: the Procfile's lines, and the environment that they share
datalock     one run at a time for a data folder
run          the steps of a start, and the words printed
supervisor   all processes of a run: start, stop in order
process      one of them: started again when it ends
guardian     ends the processes when the supervisor itself is killed
logs         a log file for each process; problems also on the terminal
prepare      migrations, static files, first sign-in link
flower       Flower, safe from other web pages
"""
