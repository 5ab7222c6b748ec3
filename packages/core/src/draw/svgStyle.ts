/**
 * Colours and fonts of SVG drawings.
 *
 * A page that embeds a drawing restyles it by its custom properties, with a rule such as
 * `.graddiff-graph { --graddiff-value: green }`, wherever that rule stands.
 */

/** Fixed colours, or those that the reader's system prefers. */
export type SvgTheme = "auto" | "light" | "dark";

const LIGHT = {
  background: "#ffffff",
  ink: "#1b2530",
  muted: "#5f6b78",
  line: "#8593a1",
  leaf: "#eef2f6",
  operation: "#ffffff",
  value: "#0b5cc2",
  gradient: "#c2410c",
};

const DARK: typeof LIGHT = {
  background: "#12181f",
  ink: "#e8edf2",
  muted: "#9aa7b4",
  line: "#74828f",
  leaf: "#1f2933",
  operation: "#161e27",
  value: "#6cb2ff",
  gradient: "#ff9b66",
};

type Color = keyof typeof LIGHT;

/** Font sizes in the units of the drawing. */
export const FONT_SIZE = { inside: 16, number: 15, name: 13, legend: 13 };

const SANS = `system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif`;
const MONOSPACE = `ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`;

interface Rule {
  readonly selector: string;
  readonly fill?: Color | "none";
  readonly stroke?: Color;
  /** Everything but colours. */
  readonly other?: string;
}

const RULES: readonly Rule[] = [
  { selector: "text", fill: "ink", other: `font-family: ${SANS}; text-anchor: middle` },
  { selector: ".background", fill: "background" },
  { selector: ".line", fill: "none", stroke: "line", other: "stroke-width: 1.75" },
  { selector: ".arrow, .fork", fill: "line" },
  { selector: ".without-gradient .line", other: "stroke-dasharray: 5 4" },
  { selector: ".operation .shape", fill: "operation", stroke: "ink", other: "stroke-width: 1.75" },
  { selector: ".leaf .shape", fill: "leaf", stroke: "line", other: "stroke-width: 1.25" },
  { selector: ".result .shape", fill: "leaf", stroke: "ink", other: "stroke-width: 1.75" },
  { selector: ".inside", other: `font-size: ${FONT_SIZE.inside}px; font-weight: 500` },
  { selector: ".operation .long", other: `font-size: ${FONT_SIZE.name}px` },
  { selector: ".value, .gradient, .number", other: `font-family: ${MONOSPACE}` },
  { selector: ".value, .gradient", other: `font-size: ${FONT_SIZE.number}px; font-weight: 500` },
  {
    selector: ".name",
    fill: "muted",
    other: `font-size: ${FONT_SIZE.name}px; font-style: italic`,
  },
  {
    // A rim of background, so that no line seems to strike a number through.
    selector: ".name, .value, .gradient",
    stroke: "background",
    other: "stroke-width: 4; stroke-linejoin: round; paint-order: stroke",
  },
  { selector: ".value", fill: "value" },
  { selector: ".gradient", fill: "gradient" },
  {
    selector: ".legend text",
    fill: "muted",
    other: `font-size: ${FONT_SIZE.legend}px; text-anchor: start`,
  },
  { selector: ".legend path", fill: "none", other: "stroke-width: 1.75" },
  { selector: ".legend .value-arrow", stroke: "value" },
  { selector: ".legend .gradient-arrow", stroke: "gradient" },
];

/** The content of the `<style>` element. Every rule is bound to the class of the drawing. */
export function styleSheet(theme: SvgTheme): string {
  const first = theme === "dark" ? DARK : LIGHT;
  const plain = RULES.map((rule) => ruleText(rule, rule.other, (color) => first[color]));
  const variable = RULES.filter(({ fill, stroke }) => fill !== undefined || stroke !== undefined);
  return [
    properties(first),
    ...(theme === "auto" ? [`@media (prefers-color-scheme: dark) { ${properties(DARK)} }`] : []),
    ...plain,
    // Programs that know no custom properties, such as converters to PDF, keep the plain colours.
    "@supports (color: var(--graddiff-ink)) {",
    ...variable.map((rule) => ruleText(rule, undefined, (color) => `var(--graddiff-${color})`)),
    "}",
  ].join("\n");
}

function ruleText(
  { selector, fill, stroke }: Rule,
  other: string | undefined,
  write: (color: Color) => string,
): string {
  const selectors = selector.split(", ").map((each) => `.graddiff-graph ${each}`);
  const declarations = [
    ...(fill === undefined ? [] : [`fill: ${fill === "none" ? fill : write(fill)}`]),
    ...(stroke === undefined ? [] : [`stroke: ${write(stroke)}`]),
    ...(other === undefined ? [] : [other]),
  ];
  return `${selectors.join(", ")} { ${declarations.join("; ")} }`;
}

/** Without any specificity, so that every rule of a page wins. */
function properties(colors: typeof LIGHT): string {
  const list = Object.entries(colors).map(([name, color]) => `--graddiff-${name}: ${color}`);
  return `:where(.graddiff-graph) { ${list.join("; ")} }`;
}
