import tseslint from "typescript-eslint";

const noMarkup = [
  { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", message: "Build nodes; data is never HTML." },
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Build nodes; data is never HTML." },
  { selector: "CallExpression[callee.property.name='write'][callee.object.name='document']", message: "Build nodes; data is never HTML." },
];

const apart = (other) => ({
  "no-restricted-imports": ["error", { patterns: [{ group: other.map((name) => `**/${name}/**`), message: "Parts share through shared/ only." }] }],
});

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "dev/**", "build/**", "*.config.*"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-restricted-syntax": ["error", ...noMarkup],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  { files: ["widget/**"], rules: apart(["desk", "shop"]) },
  { files: ["desk/**"], rules: apart(["widget", "shop"]) },
  { files: ["shop/**"], rules: apart(["widget", "desk"]) },
);
