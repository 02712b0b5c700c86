/** Times in the viewer's zone. The server renders them so, once a cookie has told it the zone; until then, and
 *  when someone has travelled, they are rewritten here. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const YEAR_SECONDS = 365 * 24 * 3600;

const DIGITS = { "H:i": 0, "H:i:s": 0, precise: 1, milliseconds: 3 };

export function rememberZone() {
  if (!zone) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${zone}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

export function localTimes(root) {
  if (!zone || document.documentElement.dataset.zone === zone) return;
  for (const element of root.querySelectorAll("time[data-pattern]")) {
    const digits = DIGITS[element.dataset.pattern];
    if (digits === undefined) continue;
    element.textContent = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      ...(element.dataset.pattern === "H:i" ? {} : { second: "2-digit" }),
      ...(digits ? { fractionalSecondDigits: digits } : {}),
      hourCycle: "h23",
    }).format(new Date(element.dateTime));
  }
}
