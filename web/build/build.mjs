// Builds what the desk serves into dist/ and fails when the widget has grown over its limits.
//
//   widget.js            the loader: fixed name, short cache
//   widget/panel-….js    the rest of the widget: a classic script, styles inside
//   desk/, shop/         two pages with hashed assets
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(here, "dist");
const KB = 1024;
const LOADER_LIMIT = 5 * KB;
const WIDGET_LIMIT = 45 * KB;

const texts = (language) => JSON.parse(readFileSync(join(here, "widget/i18n", `${language}.json`), "utf8"));

/** A classic script without imports: it runs on pages that we do not own. */
const script = (input, fileName, define = {}) =>
  build({
    root: here,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define,
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: "es2022",
      cssMinify: true,
      modulePreload: false,
      rolldownOptions: { input: join(here, input), output: { format: "iife", entryFileNames: fileName } },
    },
  });

const page = (name) =>
  build({
    root: join(here, name),
    base: `/${name}/`,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: { outDir: join(dist, name), emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  });

rmSync(dist, { recursive: true, force: true });
await script("widget/panel/main.ts", "widget/panel-[hash].js");
const panel = readdirSync(join(dist, "widget")).find((name) => name.startsWith("panel-"));
const labels = Object.fromEntries(["zh", "en"].map((language) => [language, [texts(language).launcher, texts(language)["launcher.unread"]]]));
await script("widget/loader.ts", "widget.js", { __PANEL__: JSON.stringify(`widget/${panel}`), __LABELS__: JSON.stringify(labels) });
for (const name of process.env.ONLY_WIDGET ? [] : ["desk", "shop"]) await page(name);

const gzipped = (path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length;
const loader = gzipped("widget.js");
const widget = loader + readdirSync(join(dist, "widget")).reduce((sum, name) => sum + gzipped(`widget/${name}`), 0);
const assets = (name) => readdirSync(join(dist, name), { recursive: true }).filter((file) => /\.(js|css|html)$/.test(file)).reduce((sum, file) => sum + gzipped(`${name}/${file}`), 0);

let failed = false;
function report(name, size, limit) {
  const verdict = limit === undefined ? "" : size <= limit ? ` of ${limit}` : ` EXCEEDS ${limit}`;
  failed ||= limit !== undefined && size > limit;
  console.log(`${name.padEnd(14)} ${String(size).padStart(6)} bytes gzip${verdict}`);
}
report("widget.js", loader, LOADER_LIMIT);
report("widget, all", widget, WIDGET_LIMIT);
if (!process.env.ONLY_WIDGET) for (const name of ["desk", "shop"]) report(name, assets(name));
if (failed) process.exit(1);
