/**
 * Starts the page.
 */

import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./App.tsx";
import { damageText, followAddress, openLink } from "./address.ts";
import { followKeys } from "./keys.ts";
import { pageLanguage } from "./language.ts";
import "./style/page.css";
import "./style/stage.css";
import "./style/panels.css";
import { Store } from "./store.ts";
import { loadTexts } from "./texts.ts";
import { followEmbedder, restoreTheme } from "./theme.ts";

const language = pageLanguage();
document.documentElement.lang = language;
restoreTheme();
const embed = new URLSearchParams(location.search).get("embed");
const isEmbedded = embed !== null;
if (isEmbedded) followEmbedder(embed);
const texts = await loadTexts(language);
const link = await openLink(location.hash, language, texts);
const store = new Store(
  language,
  texts,
  "state" in link ? link.state : link.start,
  undefined,
  isEmbedded,
);
if (isEmbedded) document.documentElement.classList.add("is-embedded");
if ("damage" in link) store.damage.value = damageText(link, texts);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no root");
root.replaceChildren();
render(<App store={store} />, root);
followAddress(store);
followKeys(store, root);
store.checks.start();
store.trainer.start();
performance.mark("interactive");
effect(() => {
  document.title = `${store.texts.lessons[store.lesson.value.name].title} – graddiff`;
});
