/** The component of `::: run`: a program that the reader edits and runs. */

import { useData, withBase } from "vitepress";
import {
  computed,
  defineComponent,
  h,
  nextTick,
  onBeforeUnmount,
  onMounted,
  ref,
  shallowRef,
} from "vue";
import { keepEdit, keptEdit } from "./edits.ts";
import { partsOf } from "./highlight.ts";
import { codeOf, fragmentOf } from "./link.ts";
import type { Picture, Report } from "./messages.ts";
import { pictureText, pictureWidth } from "./result.mjs";
import { type Run, run } from "./run.ts";

const FORBIDDEN =
  "The content security policy of this page forbids scripts from a blob, so this block cannot run here. " +
  "A policy with blob: in script-src allows it.";

/** The least scale of a picture, so that its texts can be read. */
const SMALLEST = 0.7;

interface Line {
  readonly text: string;
  readonly kind: "plain" | "warning" | "error";
}

export default defineComponent({
  name: "LiveCode",
  props: {
    code: { type: String, required: true },
    /** The output of the program that is shown before the first run. */
    printed: { type: String, default: "" },
    /** The name of the picture that is shown before the first run, without its theme and file extension. */
    drawn: { type: String, default: "" },
    alt: { type: String, default: "" },
    width: { type: Number, default: 0 },
    /** Seconds after which a run is stopped. */
    seconds: { type: Number, default: 10 },
    /** True if the block shows the program of a link. */
    linked: { type: Boolean, default: false },
  },
  setup(props) {
    const code = ref(props.code.trimEnd());
    const isMounted = ref(false);
    const isRunning = ref(false);
    const hasRun = ref(false);
    const said = ref("");
    const lines = shallowRef<readonly Line[]>([]);
    const pictures = shallowRef<readonly Picture[]>([]);
    const faultyLine = ref<number>();
    const { isDark } = useData();
    const isEdited = computed(() => code.value !== props.code.trimEnd());
    let current: Run | undefined;

    /** Returns the name of this program for its kept edit. The program of a link has a name of its own. */
    const own = () => (props.linked ? location.hash : "") + props.code;
    const read = async () => {
      const linked = props.linked ? await codeOf(location.hash) : undefined;
      code.value = keptEdit(own()) ?? linked ?? code.value;
    };
    onMounted(() => {
      isMounted.value = true;
      read();
      if (props.linked) addEventListener("hashchange", read);
    });
    onBeforeUnmount(() => {
      current?.stop();
      removeEventListener("hashchange", read);
    });

    const add = (line: Line) => {
      lines.value = [...lines.value, line];
    };

    function take(report: Report): void {
      switch (report.kind) {
        case "line":
          add({ text: report.text, kind: report.isWarning ? "warning" : "plain" });
          break;
        case "picture":
          pictures.value = [...pictures.value, report.picture];
          break;
        case "error": {
          faultyLine.value = report.line;
          const where = report.line === undefined ? "" : `Line ${report.line}: `;
          add({ text: where + report.text, kind: "error" });
          break;
        }
        case "forbidden":
          add({ text: FORBIDDEN, kind: "error" });
          break;
        case "done":
          if (report.unshown > 0)
            add({ text: `… and ${report.unshown} more lines`, kind: "plain" });
      }
    }

    async function start(): Promise<void> {
      current?.stop();
      lines.value = [];
      pictures.value = [];
      faultyLine.value = undefined;
      said.value = "";
      isRunning.value = true;
      hasRun.value = true;
      const started = run(code.value, props.seconds, (report) => {
        if (started === current || current === undefined) take(report);
      });
      current = started;
      await started.ended;
      if (current === started) isRunning.value = false;
      if (lines.value.length === 0 && pictures.value.length === 0)
        said.value = "It ran, and printed nothing.";
    }

    async function share(): Promise<void> {
      const address = new URL(withBase("/play.html"), location.href);
      address.hash = await fragmentOf(code.value);
      try {
        await navigator.clipboard.writeText(address.href);
        said.value = "The link is copied.";
      } catch {
        location.href = address.href;
      }
    }

    const reset = () => {
      code.value = props.code.trimEnd();
      keepEdit(own(), undefined);
      faultyLine.value = undefined;
    };

    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        start();
      }
    };

    const shownCode = () =>
      h("pre", { class: "live-shown", "aria-hidden": isMounted.value ? "true" : undefined }, [
        ...partsOf(code.value).map(({ text, kind }) =>
          kind === "" ? text : h("i", { class: kind }, text),
        ),
        // The line break gives a last empty line a height.
        "\n",
      ]);

    const editor = () =>
      h("textarea", {
        "aria-label": "Program",
        spellcheck: false,
        autocapitalize: "off",
        autocomplete: "off",
        wrap: "off",
        value: code.value,
        onInput: ({ target }: Event) => {
          if (target instanceof HTMLTextAreaElement) code.value = target.value;
          keepEdit(own(), isEdited.value ? code.value : undefined);
          faultyLine.value = undefined;
        },
        onKeydown: onKey,
      });

    const marker = () =>
      faultyLine.value === undefined
        ? undefined
        : h("div", {
            class: "live-fault",
            style: { top: `calc(12px + ${faultyLine.value - 1} * var(--live-line))` },
          });

    const button = (text: string, onClick: () => unknown, kind = "") =>
      h("button", { type: "button", class: kind, disabled: !isMounted.value, onClick }, text);

    const drawn = ({ light, dark }: Picture) => {
      const svg = isDark.value ? dark : light;
      // The SVG is an image, so that no script in it can run: the program may come from a link.
      const address = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      return picture(pictureText(svg), address, pictureWidth(svg));
    };

    /** Returns a picture, which scrolls sideways if it would be too small to read. */
    const picture = (alt: string, src: string, width: number, kind = "") =>
      h(
        "div",
        { class: `live-picture ${kind}`, tabindex: 0, role: "group", "aria-label": "Picture" },
        [h("img", { alt, src, loading: "lazy", style: { minWidth: `${SMALLEST * width}px` } })],
      );

    const output = () => {
      if (!hasRun.value) {
        return [
          props.printed === ""
            ? undefined
            : h("pre", { class: "live-lines", tabindex: 0 }, props.printed.trimEnd()),
          ...(props.drawn === "" ? [] : (["light", "dark"] as const)).map((theme) => {
            const address = withBase(`/${props.drawn}-${theme}.svg`);
            return picture(props.alt, address, props.width, `only-${theme}`);
          }),
        ];
      }
      const texts = lines.value.map(({ text, kind }) => h("span", { class: kind }, `${text}\n`));
      return [
        texts.length > 0 ? h("pre", { class: "live-lines", tabindex: 0 }, texts) : undefined,
        ...pictures.value.map(drawn),
      ];
    };

    return () =>
      h("div", { class: "live" }, [
        h("div", { class: "live-code" }, [
          h("div", { class: "live-layers" }, [
            marker(),
            shownCode(),
            isMounted.value ? editor() : undefined,
          ]),
        ]),
        h("div", { class: "live-bar" }, [
          isRunning.value
            ? button("Stop", () => current?.stop(), "live-run")
            : button("Run", start, "live-run"),
          button("Copy link", share),
          isEdited.value ? button("Reset", () => nextTick(reset)) : undefined,
          h(
            "span",
            { role: "status", class: "live-said" },
            isRunning.value ? "Running…" : said.value,
          ),
        ]),
        h("div", { class: "live-output", "aria-live": "polite" }, output()),
      ]);
  },
});
