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

/** Returns a component that is loaded when it is first rendered, and empty until then. */
export function later(load: () => Promise<ComponentType<OfStore>>): ComponentType<OfStore> {
  let loaded: ComponentType<OfStore> | undefined;
  return function Later({ store }: OfStore) {
    const Part = useSignal(loaded);
    useEffect(() => {
      if (Part.peek() !== undefined) return;
      void load().then((part) => {
        loaded = part;
        // A component is a function, which a state would call.
        Part.value = part;
      });
    }, [Part]);
    return Part.value === undefined ? <span hidden data-later /> : <Part.value store={store} />;
  };
}
