/**
 * The plotting library and its style, a file of their own.
 */

import "uplot/dist/uPlot.min.css";

export { default } from "uplot";
