// The token: taken from the address before anything else, kept in memory only, never stored.

const held = { token: null };

/** A text that a header can have (RFC 6750, section 2.1), or null. */
function readableToken(text) {
  return /^[\w.~+/-]+=*$/.test(text ?? "") ? text : null;
}

/** Take the token and the theme out of the address, and remove them from it. */
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

/** The token to send; null if there is none. */
export function currentToken() {
  return held.token;
}

/** Use another token from now on. */
export function replaceToken(token) {
  held.token = readableToken(token);
}

/** What a token says, without any check: the server checks it. Empty if it is no token. */
export function claimsOf(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (each) => each.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims && typeof claims === "object" ? claims : {};
  } catch {
    return {};
  }
}

/** What the present token opens. `isWhole` is true if it is a whole workspace. */
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

/** Whether two tokens open the same events. */
export function opensTheSame(one, other) {
  const [first, second] = [claimsOf(one), claimsOf(other)];
  return ["ws", "tenant_id", "actor_id"].every((name) => first[name] === second[name]);
}

function textOrNull(value) {
  return typeof value === "string" && value !== "" ? value : null;
}
