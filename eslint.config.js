import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  { ignores: ["node_modules/", ".venv/", "build/"] },
  {
    rules: {
      eqeqeq: "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 80],
    },
  },
  { files: ["vae_core/web/**"], languageOptions: { globals: globals.browser } },
  { files: ["tests/vae_core/web/**"], languageOptions: { globals: globals.node } },
];
