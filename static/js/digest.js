/** SHA-256, as the server's receipts and RFC 9530's Content-Digest want it. */

/** @param {ArrayBuffer} data @returns {Promise<string>} hex */
export async function sha256Hex(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} hex @returns {string} the Content-Digest header's value */
export function contentDigest(hex) {
  const bytes = hex.match(/../g).map((pair) => String.fromCharCode(parseInt(pair, 16)));
  return `sha-256=:${btoa(bytes.join(""))}:`;
}
