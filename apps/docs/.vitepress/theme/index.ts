/** The default theme without its fonts, and the block of live code, which is loaded where a page has one. */

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
  },
} satisfies Theme;
