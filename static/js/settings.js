/** The Studio's settings: remembered in this browser, preset by the address.
 *
 *  `?fps=2&width=1280&height=720&device=desk-07&name=…&camera=…&mic=off&label=pilot&external_id=…&format=webp`
 *  `&quality=85&bitrate=2500000&every=60&countdown=5&burst=10&autostart=1`, `every` in seconds instead of `fps`; what the address says wins, and is not remembered. */

const FORMATS = { jpeg: "image/jpeg", jpg: "image/jpeg", webp: "image/webp", png: "image/png" };

export const FPS_MIN = 1 / 3600;
export const FPS_MAX = 30;

export const DEFAULTS = {
  capture: {
    camera: "", width: 1280, height: 720, fps: 2, format: "image/jpeg", quality: 85, name: "", device: "",
    labels: [], external_id: "", countdown: 0, burst: 10, autostart: false,
  },
  record: {
    camera: "", mic: "", width: 1280, height: 720, fps: 30, bitrate: 2_500_000, name: "", device: "",
    labels: [], external_id: "", autostart: false,
  },
};

/** A name belongs to one run, labels and ids to the address: neither is remembered. */
const REMEMBERED = ["camera", "mic", "width", "height", "fps", "format", "quality", "bitrate", "device", "countdown",
  "burst"];

/** The settings to begin with: defaults, then what was remembered, then the address. */
export function loadSettings(mode, search, storage = localStorage) {
  const known = { ...DEFAULTS[mode], ...remembered(mode, storage), ...presets(search) };
  return Object.fromEntries(Object.keys(DEFAULTS[mode]).map((name) => [name, known[name]]));
}

/** Remember one settled choice; a browser that keeps nothing is no trouble. */
export function rememberSetting(mode, changed, storage = localStorage) {
  try {
    const all = { ...remembered(mode, storage) };
    for (const name of REMEMBERED) if (name in changed) all[name] = changed[name];
    storage.setItem(place(mode), JSON.stringify(all));
  } catch {
    // private windows and full storage: the settings hold for this visit
  }
}

/** The settings that an address presets, each checked; wrong ones are left out. */
export function presets(search) {
  const query = new URLSearchParams(search);
  const found = {
    fps: between(query.get("fps"), FPS_MIN, FPS_MAX) ?? rateOf(query.get("every")),
    width: whole(query.get("width"), 16, 7680),
    height: whole(query.get("height"), 16, 4320),
    format: FORMATS[query.get("format")?.toLowerCase().replace("image/", "")],
    quality: whole(query.get("quality"), 1, 100),
    countdown: whole(query.get("countdown"), 0, 3600),
    burst: whole(query.get("burst"), 1, 100),
    bitrate: whole(query.get("bitrate"), 100_000, 100_000_000),
    camera: words(query, "camera"),
    mic: words(query, "mic"),
    device: words(query, "device"),
    name: words(query, "name"),
    external_id: words(query, "external_id"),
    labels: query.has("label") ? labels(query.getAll("label")) : undefined,
    autostart: query.has("autostart") ? query.get("autostart") === "1" : undefined,
  };
  // One side alone means the usual shape.
  if (found.width && !found.height) found.height = Math.round((found.width * 9) / 16);
  if (found.height && !found.width) found.width = Math.round((found.height * 16) / 9);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** A number between two ends, or undefined. */
export function between(text, least, most) {
  const value = text === null || text === "" ? NaN : Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** "60" seconds apart -> 1/60 */
function rateOf(every) {
  const seconds = between(every, 1 / FPS_MAX, 1 / FPS_MIN);
  return seconds && 1 / seconds;
}

function whole(text, least, most) {
  const value = between(text, least, most);
  return value === undefined ? undefined : Math.round(value);
}

function words(query, name) {
  return query.has(name) ? query.get(name).trim().slice(0, 200) : undefined;
}

function labels(values) {
  return [...new Set(values.flatMap((value) => value.split(",")).map((label) => label.trim()).filter(Boolean))];
}

function remembered(mode, storage) {
  try {
    const stored = JSON.parse(storage.getItem(place(mode)) ?? "{}");
    return Object.fromEntries(Object.entries(stored).filter(([name]) => REMEMBERED.includes(name)));
  } catch {
    return {};
  }
}

const place = (mode) => `cam2bytes.studio.${mode}`;
