/**
 * What draws the maps in the page, as plain JavaScript: it runs in a browser, from the file, with nothing to load. It reads the
 * JSON of the element `maps`: `{colors, maps: [{canvas, places, labels, clusterIds, documentIds, names, bounds}]}` where
 * places and labels are base64 of little-endian float32 and int16.
 */
export const REPORT_SCRIPT = /* js */ `
"use strict";
const { colors, maps } = JSON.parse(document.getElementById("maps").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const dark = matchMedia("(prefers-color-scheme: dark)");
for (const map of maps) {
  const canvas = document.getElementById(map.canvas);
  const tip = canvas.parentElement.querySelector(".tip");
  const places = new Float32Array(bytes(map.places));
  const labels = new Int16Array(bytes(map.labels));
  const [x0, y0, size] = map.bounds;
  let side = 0;
  const at = (i) => [((places[2 * i] - x0) / size) * side, (1 - (places[2 * i + 1] - y0) / size) * side];
  const draw = () => {
    const scale = devicePixelRatio || 1;
    side = canvas.clientWidth;
    canvas.width = canvas.height = Math.round(side * scale);
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const radius = labels.length > 20000 ? 1 : 1.7;
    const order = [...labels.keys()].sort((a, b) => (labels[a] < 0 ? 0 : 1) - (labels[b] < 0 ? 0 : 1));
    for (const i of order) {
      const [x, y] = at(i);
      pen.fillStyle = labels[i] < 0 ? "#8b97a5" : colors[map.clusterIds[labels[i]]];
      pen.globalAlpha = labels[i] < 0 ? 0.35 : 0.65;
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.lineWidth = 4;
    pen.lineJoin = "round";
    map.clusterIds.forEach((id, cluster) => {
      const own = [...labels.keys()].filter((i) => labels[i] === cluster).map(at);
      if (own.length === 0) return;
      const middle = (axis) => own.map((p) => p[axis]).sort((a, b) => a - b)[own.length >> 1];
      const name = map.names[cluster];
      pen.strokeStyle = dark.matches ? "#18202a" : "#ffffff";
      pen.strokeText(name, middle(0), middle(1));
      pen.fillStyle = dark.matches ? "#e6ebf1" : "#1c2430";
      pen.fillText(name, middle(0), middle(1));
    });
  };
  canvas.addEventListener("mousemove", (event) => {
    let best = -1;
    let least = 144;
    for (let i = 0; i < labels.length; i++) {
      const [x, y] = at(i);
      const far = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2;
      if (far < least) [least, best] = [far, i];
    }
    tip.style.display = best < 0 ? "none" : "block";
    if (best < 0) return;
    tip.textContent = map.documentIds[best] + ": " + (labels[best] < 0 ? "noise" : map.names[labels[best]]);
    tip.style.left = Math.min(event.offsetX + 12, side - 180) + "px";
    tip.style.top = canvas.offsetTop + event.offsetY - 26 + "px";
  });
  canvas.addEventListener("mouseleave", () => (tip.style.display = "none"));
  new ResizeObserver(draw).observe(canvas);
  dark.addEventListener("change", draw);
}
`;
