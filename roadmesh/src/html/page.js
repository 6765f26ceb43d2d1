// Tells the values under the pointer. Everything is there without it.
for (const svg of document.querySelectorAll("svg[data-x][data-y]")) {
  const lines = [...svg.querySelectorAll("g[data-series]")].filter((line) => line.querySelector("polyline"));
  if (!lines.length) continue;
  const axis = (text) => {
    const [kind, from, to, start, end] = text.split(" ").map((word, index) => (index ? Number(word) : word));
    return (pixel) => {
      const share = (pixel - start) / (end - start);
      return kind === "log" ? from * (to / from) ** share : from + share * (to - from);
    };
  };
  const [x, y] = [axis(svg.dataset.x), axis(svg.dataset.y)];
  const [top, bottom] = svg.dataset.y.split(" ").slice(3).map(Number).sort((a, b) => a - b);
  const added = (name, attributes) => {
    const element = svg.appendChild(document.createElementNS(svg.namespaceURI, name));
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  };
  const right = svg.dataset.x.split(" ")[4];
  const [rule, told] = [added("path", { class: "rule" }), added("text", { class: "end", x: right, y: top - 8 })];
  const short = (value) => String(Number(value.toPrecision(4)));
  const clear = () => {
    rule.removeAttribute("d");
    told.textContent = "";
  };
  svg.addEventListener("pointerleave", clear);
  svg.addEventListener("pointermove", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    let nearest = null;
    const values = [];
    for (const line of lines) {
      const points = [...line.querySelectorAll("polyline")].flatMap((piece) => [...piece.points]);
      const point = points.reduce((best, next) => (Math.abs(next.x - at) < Math.abs(best.x - at) ? next : best));
      if (nearest === null || Math.abs(point.x - at) < Math.abs(nearest - at)) nearest = point.x;
      values.push(`${line.dataset.series} ${short(y(point.y))}`);
    }
    rule.setAttribute("d", `M${nearest},${top}V${bottom}`);
    told.textContent = `${short(x(nearest))}: ${values.join(" · ")}`;
  });
}
