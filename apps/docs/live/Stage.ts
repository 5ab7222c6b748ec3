/** A stage of the demo in a page of the site, which has the theme of the page. */

import { useData, withBase } from "vitepress";
import { defineComponent, h, onMounted, ref, watch } from "vue";

export default defineComponent({
  name: "Stage",
  props: {
    title: { type: String, required: true },
    /** The folder of the demo's page. */
    language: { type: String, required: true },
    /** The fragment of the demo's address: lesson and step. */
    link: { type: String, required: true },
  },
  setup({ title, language, link }) {
    const { isDark } = useData();
    const frame = ref<HTMLIFrameElement>();
    const address = ref<string>();
    const theme = () => (isDark.value ? "dark" : "light");
    // The theme is known in the browser alone, and another address would begin the stage anew.
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
        // The theme may have changed before it was scrolled to.
        onLoad: tell,
      });
  },
});
