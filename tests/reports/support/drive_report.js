// Uses the report as a person would, and leaves what came of it in <pre id="driven">, one fact a line.
(async () => {
  const facts = [];
  const fact = (name, value) => facts.push(`${name}: ${value}`);
  const settle = () => new Promise((done) => setTimeout(done, 400));
  const status = () => document.querySelector("[role=status]").textContent;
  const byLabel = (text) => [...document.querySelectorAll(".filters label")].find((l) => l.firstChild.textContent === text).querySelector("select, input");
  const set = async (control, value) => {
    control.value = value;
    control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
    await settle();
  };
  while (document.documentElement.dataset.ready !== "yes") await settle();

  fact("all", status());
  await set(byLabel("Verdict"), "right");
  fact("right", status());
  fact("only right shown", [...document.querySelectorAll(".sample .chip")].every((c) => c.textContent === "right"));
  await set(byLabel("Suite"), "logic");
  fact("right in logic", status());
  await set(byLabel("Suite"), "");
  await set(byLabel("Verdict"), "");
  await set(byLabel("Text"), "THE ANSWER IS");
  fact("search", status());
  const open = async () => { document.querySelector(".sample > button").click(); await settle(); };
  await open();
  fact("marks", document.querySelectorAll(".body:not([hidden]) mark").length > 0);
  const link = [...document.querySelectorAll(".body:not([hidden]) .verdict a")].find((a) => a.textContent.endsWith(".jsonl"));
  fact("link to the record", link.getAttribute("href"));
  const rowTokens = document.querySelector(".sample .cost").textContent;
  await set(byLabel("Text"), rowTokens);
  fact("tokens found", [...document.querySelectorAll(".sample .cost")].every((c) => c.textContent.endsWith(rowTokens)));
  await set(byLabel("Text"), "no text holds this");
  fact("nothing", status());
  await set(byLabel("Text"), "");
  await open();
  fact("formulas", document.querySelectorAll(".body:not([hidden]) math").length > 0);
  document.querySelector(".switch input").click();
  await open();
  fact("formulas off", document.querySelectorAll(".body:not([hidden]) math").length);
  document.querySelector(".body:not([hidden]) .beside").click();
  fact("side by side", document.querySelectorAll(".body:not([hidden]) .columns > .text").length);
  const pager = [...document.querySelectorAll(".pager")][0];
  pager.lastElementChild.click();
  fact("second page", pager.children[1].textContent);
  const limits = () => document.querySelector("#lengths table").textContent;
  const before = limits();
  const choice = document.querySelector("#lengths select");
  await set(choice, "logic");
  fact("limits of one suite differ", limits() !== before);
  const published = () => document.querySelector("#published table").textContent;
  fact("published rows", document.querySelectorAll("#published tbody tr").length);
  fact("list prices", published().includes("$0.55") && published().includes("$60.00"));
  fact("marked published", document.querySelector("#published .chip").textContent);
  fact("solved not known", published().includes("per solved AIME24") && published().includes("not known"));
  await set(document.querySelector("#published select"), "Codeforces");
  fact("a rating has no cost", !published().includes("per solved"));
  fact("what if cases", document.querySelectorAll("#what-if tr.group").length);
  fact("what follows", [...document.querySelectorAll("#what-if dd")].some((e) => e.textContent.includes("nothing follows")));
  fact("said to be estimated", document.querySelector("#what-if").textContent.includes("Estimated, not measured"));
  fact("parts of the time", document.querySelectorAll("#tokens .block tbody tr:first-child .stack i").length);
  fact("both error bars", document.querySelector("#accuracy").textContent.includes("asked again"));
  fact("could have shown", document.querySelector("#difference").textContent.includes("Could have shown"));
  const chips = () => [...document.querySelectorAll(".sample .chip")].map((c) => c.textContent);
  [...document.querySelectorAll("#endings td a")].find((a) => a.href.includes("verdict=truncated")).click();
  await settle();
  fact("link to those cut off", chips().length > 0 && chips().every((c) => c === "truncated"));
  location.hash = "samples:task=math&doc=3&repeat=0&run=1";
  await settle();
  fact("link to one sample", `${document.querySelectorAll(".sample").length} row, ${document.querySelectorAll(".sample .body:not([hidden])").length} open`);
  await set(byLabel("Verdict"), "differs");
  fact("models differ", chips().length > 0 && /^\d+ of 160 samples$/.test(status()));
  fact("one question again", document.querySelector(".found .quiet").hidden);
  await set(byLabel("Model"), "");
  await set(byLabel("Verdict"), "");
  await set(byLabel("Suite"), "");
  const canvases = [...document.querySelectorAll("canvas")];
  fact("charts drawn", canvases.length > 0 && canvases.every((c) => c.width > 0 && c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v !== 0)));
  const named = canvases.map((c) => Chart.getChart(c).names).filter(Boolean);
  const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  fact("charts with names", named.length);
  fact("names over marks or names", named.flatMap(({ names, marks }) => names.flatMap((name, i) => [...marks, ...names.slice(0, i)].filter((other) => touch(name, other)))).length);
  fact("dots without a name", named[0].marks.length / 2 - named[0].names.length);
  fact("wider than the window", document.documentElement.scrollWidth > document.documentElement.clientWidth);
  fact("unnamed controls", [...document.querySelectorAll("button, select, input, canvas")].filter((e) =>
    !(e.textContent.trim() || e.getAttribute("aria-label") || (e.labels && e.labels.length))).length);

  // Contrast by WCAG 2.1: relative luminance of text against the nearest opaque background.
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      const parts = channels(colour);
      if (colour.startsWith("rgb") && (parts.length === 3 || parts[3] === 1)) return parts;
    }
    return [255, 255, 255];
  };
  const worst = () => {
    let least = [99, ""];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.textContent.trim() || !element.checkVisibility() || ["SCRIPT", "STYLE", "OPTION"].includes(element.tagName) || element.closest("button:disabled, script, .skip")) continue;
      const pair = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))].sort((a, b) => b - a);
      const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
      if (contrast < least[0]) least = [contrast, element.className + ": " + node.textContent.slice(0, 40)];
    }
    return least;
  };
  for (const theme of ["first", "other"]) {
    const [contrast, where] = worst();
    fact(`contrast in the ${theme} theme`, contrast >= 4.5 ? "enough" : `${contrast.toFixed(2)} at ${where}`);
    const was = document.documentElement.dataset.theme;
    document.getElementById("theme").click();
    await settle();
    fact(`theme switched from ${theme}`, document.documentElement.dataset.theme !== was);
  }
  const shown = document.createElement("pre");
  shown.id = "driven";
  shown.textContent = facts.join("\n");
  document.body.append(shown);
})().catch((error) => {
  const shown = document.createElement("pre");
  shown.id = "driven";
  shown.textContent = "failed: " + error.stack;
  document.body.append(shown);
});
