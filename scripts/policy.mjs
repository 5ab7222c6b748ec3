/**
 * Vite's plugin for the content security policy of a built page, for servers that send none. The development server needs
 * inline styles of its own. A worker obeys that of its own file's headers.
 *
 * @param {string} content
 * @returns {import("vite").Plugin}
 */
export function policy(content) {
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content },
        injectTo: "head-prepend",
      },
    ],
  };
}
