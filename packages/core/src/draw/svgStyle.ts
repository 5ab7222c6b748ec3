/**
 * Colours and fonts of SVG drawings, as attributes: a strict policy of a page forbids style sheets inside of
 * a drawing, and a rule of the style sheet of the page wins over every attribute.
 */

/** The colours of a drawing. */
export type SvgTheme = "light" | "dark";

const LIGHT = {
  none: "none",
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
  none: "none",
  background: "#12181f",
  ink: "#e8edf2",
  muted: "#9aa7b4",
  line: "#74828f",
  leaf: "#1f2933",
  operation: "#161e27",
  value: "#6cb2ff",
  gradient: "#ff9b66",
};

export type Color = keyof typeof LIGHT;

/** Font sizes in the units of the drawing. */
export const FONT_SIZE = { inside: 16, number: 15, name: 13, legend: 13 };

const SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** Colours by their part, and other attributes. */
interface Look {
  readonly fill?: Color;
  readonly stroke?: Color;
  /** Everything but colours. */
  readonly other?: Readonly<Record<string, string | number>>;
}

/** A rim of background, so that no line seems to strike a number through. */
const RIM: Look = {
  stroke: "background",
  other: { "stroke-width": 4, "stroke-linejoin": "round", "paint-order": "stroke" },
};

const NUMBER = { "font-family": MONOSPACE, "font-size": FONT_SIZE.number, "font-weight": 500 };

/**
 * Returns the styles by class. A function, since esbuild does not remove unused objects that read properties of others.
 */
const looks = () =>
  ({
    root: { other: { "font-family": SANS, "text-anchor": "middle" } },
    background: { fill: "background" },
    line: { fill: "none", stroke: "line", other: { "stroke-width": 1.75 } },
    dashed: {
      fill: "none",
      stroke: "line",
      other: { "stroke-width": 1.75, "stroke-dasharray": "5 4" },
    },
    mark: { fill: "line" },
    operation: { fill: "operation", stroke: "ink", other: { "stroke-width": 1.75 } },
    leaf: { fill: "leaf", stroke: "line", other: { "stroke-width": 1.25 } },
    result: { fill: "leaf", stroke: "ink", other: { "stroke-width": 1.75 } },
    inside: { fill: "ink", other: { "font-size": FONT_SIZE.inside, "font-weight": 500 } },
    "inside long": { fill: "ink", other: { "font-size": FONT_SIZE.name, "font-weight": 500 } },
    "inside number": {
      fill: "ink",
      other: { "font-family": MONOSPACE, "font-size": FONT_SIZE.inside, "font-weight": 500 },
    },
    name: {
      ...RIM,
      fill: "muted",
      other: { ...RIM.other, "font-size": FONT_SIZE.name, "font-style": "italic" },
    },
    value: { ...RIM, fill: "value", other: { ...RIM.other, ...NUMBER } },
    gradient: { ...RIM, fill: "gradient", other: { ...RIM.other, ...NUMBER } },
    legend: { fill: "muted", other: { "font-size": FONT_SIZE.legend, "text-anchor": "start" } },
    "value-arrow": { fill: "none", stroke: "value", other: { "stroke-width": 1.75 } },
    "gradient-arrow": { fill: "none", stroke: "gradient", other: { "stroke-width": 1.75 } },
  }) as const satisfies Record<string, Look>;

/** The name of a look, which is a class or several. */
export type LookName = keyof ReturnType<typeof looks>;

/** Writes looks as the attributes of an element, each with a space before it. */
export type WriteLook<Name extends string = LookName> = (name: Name) => string;

/** Returns the looks of graphs. */
export function looksOf(theme: SvgTheme): WriteLook {
  return looksFor(looks(), theme);
}

/** Looks in the colours of a theme. */
export function looksFor<Name extends string>(
  all: Readonly<Record<Name, Look>>,
  theme: SvgTheme,
): WriteLook<Name> {
  const colors = theme === "dark" ? DARK : LIGHT;
  return (name) => {
    const { fill, stroke, other = {} }: Look = all[name];
    const attributes = {
      ...(fill === undefined ? {} : { fill: colors[fill] }),
      ...(stroke === undefined ? {} : { stroke: colors[stroke] }),
      ...other,
    };
    return Object.entries(attributes)
      .map(([key, value]) => ` ${key}="${value}"`)
      .join("");
  };
}
