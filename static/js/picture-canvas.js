/** A canvas that encodes what is drawn on it, in a Worker or in a page: off the page's thread where the browser can. */

/** @param {Document} [document] for browsers without OffscreenCanvas
 *  @returns {{draw: (source: CanvasImageSource, width: number, height: number) => void,
 *    encode: (settings: {type: string, quality: number}) => Promise<Blob>}} */
export function pictureCanvas(document) {
  const canvas = "OffscreenCanvas" in globalThis ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  return {
    draw(source, width, height) {
      // A phone that is turned gives frames of another shape: each is kept as it is.
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      context.drawImage(source, 0, 0, width, height);
    },
    encode: ({ type, quality }) => (canvas.convertToBlob
      ? canvas.convertToBlob({ type, quality })
      : new Promise((resolve, reject) => {
        const done = (blob) => (blob ? resolve(blob) : reject(new Error("the browser encoded nothing")));
        canvas.toBlob(done, type, quality);
      })),
  };
}
