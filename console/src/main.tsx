import "@cloudscape-design/global-styles/index.css";
import "./frame/colors.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import { applyChosenTheme } from "./frame/theme";

const place = document.getElementById("console");
if (place === null) {
  throw new Error("index.html has no place for the console.");
}
applyChosenTheme();
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
