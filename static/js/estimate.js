/** What it will cost: one frame encoded for measure, and what that makes per hour. */

/**
 * @param {HTMLVideoElement} video the live preview
 * @param {{width: number, height: number, format: string, quality: number}} settings
 * @returns {Promise<number>} bytes of one frame at these settings
 */
export async function measureFrame(video, { width, height, format, quality }) {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").drawImage(video, 0, 0, width, height);
  return (await canvas.convertToBlob({ type: format, quality })).size;
}

export function bytesPerHour(frameBytes, fps) {
  return frameBytes * fps * 3600;
}

/** @returns {number|null} null where the server knows no limit */
export function hoursLeft(roomBytes, perHour) {
  return roomBytes === null || !(perHour > 0) ? null : roomBytes / perHour;
}
