/**
 * Dragging changes a number: it grows by one step for every few pixels to the right, and shrinks to the left.
 */

import { useRef } from "preact/hooks";
import { roundTo } from "./change.ts";
import type { Store } from "./store.ts";

const PIXELS = 4;

interface Drag {
  readonly x: number;
  readonly value: number;
  moved: boolean;
}

type Pointer = PointerEvent & { readonly currentTarget: Element };

/** Returns the handlers of an element that shows a node's number. */
export function useDrag(store: Store, id: number | undefined) {
  const drag = useRef<Drag>(undefined);
  const hasMoved = useRef(false);
  const handlers = {
    onPointerDown(event: Pointer) {
      const value = id === undefined ? undefined : store.graph.value.nodes[id]?.value;
      if (event.button !== 0 || id === undefined || value === undefined || value.rank > 0) return;
      if (!store.progress.value.hasValue(id)) return;
      hasMoved.current = false;
      drag.current = { x: event.clientX, value: value.item(), moved: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove(event: Pointer) {
      const { current } = drag;
      if (current === undefined || id === undefined) return;
      const steps = Math.round((event.clientX - current.x) / PIXELS);
      if (steps === 0 && !current.moved) return;
      if (!current.moved) store.begin(id);
      current.moved = true;
      hasMoved.current = true;
      const step = store.stepOf(id);
      store.setValue(id, roundTo(current.value + steps * step, step));
    },
    onPointerUp(event: Pointer) {
      // A drag ends with a click, which must not choose or open anything.
      if (drag.current?.moved) event.preventDefault();
      drag.current = undefined;
    },
    onPointerCancel() {
      drag.current = undefined;
    },
  };
  return {
    handlers,
    /** True if the last press was a drag, whose click must not open anything. */
    wasDragged: () => hasMoved.current,
  };
}
