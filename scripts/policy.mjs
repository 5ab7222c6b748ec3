/**
 * A plugin of Vite that writes a content security policy into a built page, for servers that do not send one as a
 * header. It is not used in development, where Vite's server inserts inline styles. The policy does not hold in
 * workers, which obey the headers of their script.
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
