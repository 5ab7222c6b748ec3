/** The default theme without its fonts, the block of live code and the stages of the demo, which are loaded where a page has one. */

import type { Theme } from "vitepress";
import theme from "vitepress/theme-without-fonts";
import { defineAsyncComponent } from "vue";
import "./site.css";

export default {
  extends: theme,
  enhanceApp({ app }) {
    app.component(
      "LiveCode",
      defineAsyncComponent(() => import("../../live/LiveCode.ts")),
    );
    app.component(
      "Stage",
      defineAsyncComponent(() => import("../../live/Stage.ts")),
    );
  },
} satisfies Theme;
