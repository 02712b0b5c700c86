"""The stand-in broker: `python -m cam2bytes.launcher.fakebroker PORT`, on this machine only, in memory."""

import sys

from fakeredis import TcpFakeServer

if __name__ == "__main__":
    TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis").serve_forever()
