// The token: taken from the address before anything else, kept in memory only, never stored.

/** @typedef {{ [name: string]: unknown }} Claims */
/**
 * What a token opens.
 *
 * @typedef {object} Scope
 * @property {string | null} workspaceId
 * @property {string | null} tenantId null if it opens all tenants
 * @property {string | null} actorId null if it opens all actors
 * @property {number | null} expiresAt in milliseconds
 * @property {boolean} isWhole whether it is a whole workspace
 */

/** @type {{ token: string | null }} */
const held = { token: null };

/**
 * A text that a header can have (RFC 6750, section 2.1), or null.
 *
 * @param {string | null} text
 */
function readableToken(text) {
  return /^[\w.~+/-]+=*$/.test(text ?? "") ? text : null;
}

/**
 * Take the token and the theme out of the address, and remove them from it.
 *
 * @returns {{ token: string | null, theme: "dark" | "light" | null }}
 */
export function takeFromAddress() {
  const address = new URL(location.href);
  const fragment = new URLSearchParams(address.hash.slice(1));
  const token = readableToken(fragment.get("token") || address.searchParams.get("token"));
  const theme = fragment.get("theme") || address.searchParams.get("theme");
  address.searchParams.delete("token");
  address.searchParams.delete("theme");
  history.replaceState(null, "", address.pathname + address.search);
  return { token, theme: theme === "dark" || theme === "light" ? theme : null };
}

/**
 * The token to send; null if there is none.
 *
 * @returns {string | null}
 */
export function currentToken() {
  return held.token;
}

/**
 * Use another token from now on.
 *
 * @param {string | null} token
 */
export function replaceToken(token) {
  held.token = readableToken(token);
}

/**
 * What a token says, without any check: the server checks it. Empty if it is no token.
 *
 * @param {string} token
 * @returns {Claims}
 */
export function claimsOf(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (each) => each.charCodeAt(0));
    /** @type {Claims | null} */
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims && typeof claims === "object" ? claims : {};
  } catch {
    return {};
  }
}

/**
 * What the present token opens. `isWhole` is true if it is a whole workspace.
 *
 * @returns {Scope}
 */
export function scopeOfToken() {
  const claims = held.token ? claimsOf(held.token) : {};
  const texts = {
    workspaceId: textOrNull(claims.ws),
    tenantId: textOrNull(claims.tenant_id),
    actorId: textOrNull(claims.actor_id),
  };
  const expiresAt = typeof claims.exp === "number" ? claims.exp * 1_000 : null;
  return { ...texts, expiresAt, isWhole: texts.tenantId === null && texts.actorId === null };
}

/**
 * Whether two tokens open the same events.
 *
 * @param {string} one
 * @param {string} other
 */
export function opensTheSame(one, other) {
  const [first, second] = [claimsOf(one), claimsOf(other)];
  return ["ws", "tenant_id", "actor_id"].every((name) => first[name] === second[name]);
}

/**
 * The value if it is a text, and not an empty one; else null.
 *
 * @param {unknown} value
 */
function textOrNull(value) {
  return typeof value === "string" && value !== "" ? value : null;
}
