/** Functions for elements of the page. */

/** Returns the element with an id. @throws Error if the page has none of that kind. */
export function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} named ${id}`);
}

/** Writes a text if it differs: screen readers would announce an unchanged status again. */
export function write(id: string, text: string): void {
  const element = find(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}

/** Returns the drawing context of a canvas, after scaling it to screen pixels, and its size in CSS pixels. */
export function penOf(canvas: HTMLCanvasElement) {
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("the browser has no canvas of two dimensions");
  pen.scale(devicePixelRatio, devicePixelRatio);
  return { pen, width, height };
}
