/** A stage of the demo in a page of the site, which has the theme of the page. */

import { useData, withBase } from "vitepress";
import { defineComponent, h, onMounted, ref, watch } from "vue";

export default defineComponent({
  name: "Stage",
  props: {
    title: { type: String, required: true },
    /** The language of the demo, which is the folder of its page. */
    language: { type: String, required: true },
    /** The fragment of the demo's address: lesson and step. */
    link: { type: String, required: true },
  },
  setup({ title, language, link }) {
    const { isDark } = useData();
    const frame = ref<HTMLIFrameElement>();
    const address = ref<string>();
    const theme = () => (isDark.value ? "dark" : "light");
    // The first theme is set once, since it is known only in the browser, and a changed address would reload the stage.
    onMounted(() => {
      address.value = withBase(`/demo/${language}/index.html?embed=${theme()}#${link}`);
    });
    const tell = () => frame.value?.contentWindow?.postMessage({ theme: theme() }, location.origin);
    watch(isDark, tell);
    return () =>
      h("iframe", {
        ref: frame,
        class: "stage",
        title,
        loading: "lazy",
        src: address.value,
        // The theme is sent after loading, since it may have changed before the stage was scrolled into view.
        onLoad: tell,
      });
  },
});
