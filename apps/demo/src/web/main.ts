/**
 * The page: a list of lessons and the one that the address names (`#/chain-rule`).
 */

import "./page.css";
import "./lesson.css";
import { findLesson, lessons } from "../lessons/index.ts";
import type { Lesson } from "../lessons/lesson.ts";
import { element } from "./element.ts";
import { lessonView } from "./lessonView.ts";

const links = new Map<Lesson, HTMLAnchorElement>();
const article = element("article", { id: "lesson", tabindex: "-1" });

function start(): void {
  for (const lesson of lessons) {
    links.set(lesson, element("a", { href: addressOf(lesson) }, lesson.title));
  }
  const items = [...links.values()].map((link) => element("li", {}, link));
  document.querySelector(".lessons")?.replaceChildren(...items);
  document.querySelector("main")?.replaceChildren(article);
  // The address is taken for the lesson's name, so the link must not change it.
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    article.focus();
  });
  addEventListener("hashchange", () => {
    show();
    scrollTo(0, 0);
    // Screen readers and the keyboard go on at the new lesson.
    article.focus({ preventScroll: true });
  });
  show();
}

function addressOf(lesson: Lesson): string {
  return `#/${lesson.name}`;
}

/** The lesson that the address names; the first one if it names none. */
function chosenLesson(): Lesson | undefined {
  return findLesson(location.hash.replace(/^#\/?/, "")) ?? lessons[0];
}

function show(): void {
  const lesson = chosenLesson();
  if (lesson === undefined) return;
  document.title = `${lesson.title} · graddiff`;
  for (const [each, link] of links) {
    if (each === lesson) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else {
      link.removeAttribute("aria-current");
    }
  }
  article.replaceChildren(...lessonView(lesson), pager(lesson));
}

/** Links to the lessons before and after. */
function pager(lesson: Lesson): HTMLElement {
  const place = lessons.indexOf(lesson);
  const before = lessons[place - 1];
  const after = lessons[place + 1];
  return element(
    "nav",
    { class: "pager", "aria-label": "Previous and next lesson" },
    before && element("a", { href: addressOf(before), rel: "prev" }, `← ${before.title}`),
    after && element("a", { href: addressOf(after), rel: "next" }, `${after.title} →`),
  );
}

start();
