/** Elements of the page. */

/** Returns the element of an id. @throws Error where the page has none of that kind. */
export function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} named ${id}`);
}

/** Writes a text, unless it is there: a status that stays as it is is not announced again. */
export function write(id: string, text: string): void {
  const element = find(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}

/** Returns the pen of a canvas whose pixels are those of the screen, and the size of the canvas in CSS pixels. */
export function penOf(canvas: HTMLCanvasElement) {
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("the browser has no canvas of two dimensions");
  pen.scale(devicePixelRatio, devicePixelRatio);
  return { pen, width, height };
}
