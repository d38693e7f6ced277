// Ed25519 signatures (RFC 8032), checked by WebCrypto.

import { CannotCheck } from "./failures.js";

const PRIME = 2n ** 255n - 19n;
const ORDER_8 = 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL_ORDER = [0n, 1n, PRIME - 1n, ORDER_8, PRIME - ORDER_8];

/** Whether this browser has WebCrypto here. It has none where the page, or one around it, is HTTP. */
export function canCheck() {
  return globalThis.crypto?.subtle !== undefined;
}

/**
 * Whether this public key made this signature of the message. A key of small order signs nothing:
 * anybody can write signatures that fit it.
 *
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 */
export async function isSigned(publicKey, message, signature) {
  if (!canCheck()) throw new CannotCheck("This browser cannot check signatures here.");
  if (isOfSmallOrder(publicKey)) return false;
  try {
    const key = await crypto.subtle.importKey("raw", owned(publicKey), "Ed25519", false, [
      "verify",
    ]);
    return await crypto.subtle.verify("Ed25519", key, owned(signature), owned(message));
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") {
      throw new CannotCheck("This browser cannot check Ed25519 signatures. A newer one can.");
    }
    if (error instanceof DOMException) return false; // the key is no point of the curve
    throw error;
  }
}

/** @param {Uint8Array} publicKey */
function isOfSmallOrder(publicKey) {
  const number = publicKey.reduceRight((sum, each) => (sum << 8n) | BigInt(each), 0n);
  return SMALL_ORDER.includes((number & (2n ** 255n - 1n)) % PRIME);
}

/**
 * The bytes in a buffer of their own, as WebCrypto's types have them.
 *
 * @param {Uint8Array} bytes
 */
function owned(bytes) {
  return new Uint8Array(bytes);
}
