/** The text of a module, as Vite hands it out. */
declare module "*?raw" {
  const text: string;
  export default text;
}
