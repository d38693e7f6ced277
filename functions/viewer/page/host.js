// The page around this one: it may give a fresh token, and learns how high this page wants to be.
// What it says counts only if it comes from the parent window, and from an origin that may embed.

/** @type {{ [scheme: string]: string }} */
const DEFAULT_PORTS = { http: ":80", https: ":443" };
const LARGEST_HEIGHT = 1_200;
const ASK_PAUSE_MS = 15_000;

/** Whether another page embeds this one. */
export function isEmbedded() {
  return window.parent !== window;
}

/**
 * Whether an origin is in a list of sources as Content-Security-Policy has them.
 *
 * @param {string} origin
 * @param {readonly string[]} sources
 */
export function isAllowedOrigin(origin, sources) {
  return sources.some((source) => {
    if (source === "'self'") return origin === location.origin && origin !== "null";
    const found = /^(https?):\/\/(\*\.)?([^/*:]+)(:\d+|:\*)?$/.exec(source.toLowerCase());
    if (!found) return false;
    const [, scheme, anyHost, host, port = DEFAULT_PORTS[scheme]] = found;
    const [, itsScheme, itsHost, itsPort] = /^(https?):\/\/([^:]+)(:\d+)?$/.exec(origin) ?? [];
    const isHost = anyHost ? itsHost?.endsWith(`.${host}`) : itsHost === host;
    const isPort = port === ":*" || port === (itsPort ?? DEFAULT_PORTS[itsScheme]);
    return itsScheme === scheme && isHost && isPort;
  });
}

/** The sources that may embed the page, as the server has put them into it. */
function allowedParents() {
  /** @type {HTMLMetaElement | null} */
  const meta = document.querySelector("meta[name=allowed-parents]");
  return (meta?.content ?? "").split(/\s+/).filter(Boolean);
}

/**
 * Hear the tokens that the embedding page sends, as often as it does.
 *
 * @param {(token: string) => void} use
 */
export function hearTokens(use) {
  const sources = allowedParents();
  addEventListener("message", (event) => {
    if (!isEmbedded() || event.source !== window.parent || !isAllowedOrigin(event.origin, sources))
      return;
    /** @type {{ type?: unknown, token?: unknown }} */
    const { type, token } = event.data ?? {};
    if (type === "indelible:token" && typeof token === "string" && token !== "") use(token);
  });
}

let lastAsked = -Infinity;

/**
 * Ask the embedding page for a fresh token. It has no secret, so any parent may read it. If the API
 * refuses what the page answers, each answer would be the next question: so there is a pause.
 */
export function askForToken() {
  if (!isEmbedded() || performance.now() - lastAsked < ASK_PAUSE_MS) return;
  lastAsked = performance.now();
  window.parent.postMessage({ type: "indelible:token-needed" }, "*");
}

/** Tell the embedding page how high this page is, whenever that changes. */
export function tellHeight() {
  if (!isEmbedded()) return;
  let told = 0;
  const tell = () => {
    const height = Math.min(
      Math.ceil(document.body.getBoundingClientRect().height),
      LARGEST_HEIGHT,
    );
    if (height === told) return;
    told = height;
    window.parent.postMessage({ type: "indelible:height", height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
  tell();
}
