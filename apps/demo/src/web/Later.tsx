/**
 * Parts of the page that are loaded when they are first needed.
 */

import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Store } from "./store.ts";

interface OfStore {
  readonly store: Store;
}

/**
 * Returns a component that is loaded when it is first rendered, and empty until then. Where it cannot be loaded a
 * sentence and a button are in its place.
 */
export function later(load: () => Promise<ComponentType<OfStore>>): ComponentType<OfStore> {
  let loaded: ComponentType<OfStore> | undefined;
  return function Later({ store }: OfStore) {
    const Part = useSignal(loaded);
    const hasFailed = useSignal(false);
    const begin = async () => {
      hasFailed.value = false;
      try {
        const part = await load();
        loaded = part;
        // A component is a function, which a state would call.
        Part.value = part;
      } catch {
        hasFailed.value = true;
      }
    };
    useEffect(() => {
      if (Part.peek() === undefined) void begin();
    }, [Part]);
    if (Part.value !== undefined) return <Part.value store={store} />;
    if (!hasFailed.value) return <span hidden data-later />;
    return <Unloaded store={store} retry={() => void again(begin, () => hasFailed.peek())} />;
  };
}

/** Tries once more. Some browsers keep that a file was not there: then the page, whose state is its address, is read anew. */
export async function again(begin: () => Promise<void>, hasFailed: () => boolean): Promise<void> {
  await begin();
  if (hasFailed() && navigator.onLine) location.reload();
}

interface UnloadedProps extends OfStore {
  readonly retry: () => void;
}

/** Says that a part of the page is not there, with a button to try again. */
export function Unloaded({ store, retry }: UnloadedProps) {
  const { page } = store.texts;
  return (
    <p class="unloaded" role="alert">
      {page.unloaded}{" "}
      <button type="button" onClick={retry}>
        {page.retry}
      </button>
    </p>
  );
}
