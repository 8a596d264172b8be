// Figures as people read them. What is not known is said, never shown as 0.

const kNotKnown = "not known";

// To so many decimals, and what lies exactly between two to the even one: as the terminal's tables say it.
function fixed(value, decimals) {
  const halves = Math.abs(value) * 2 ** (decimals + 1);
  const between = halves % 2 === 1;  // then so is the decimal's half
  const below = Math.floor((halves * 5 ** decimals) / 2);
  return (between && below % 2 === 0 ? value - Math.sign(value) * 0.1 ** (decimals + 1) : value).toFixed(decimals);
}

const percent = (share) => (share === null ? "\u2013" : fixed(100 * share, 1) + "\u202f%");
const points = (share) => (share < 0 ? "\u2212" : "+") + fixed(Math.abs(100 * share), 1);
const range = (interval) => (interval ? `${fixed(100 * interval[0], 1)} to ${fixed(100 * interval[1], 1)}` : "\u2013");
const count = (number) => (number === null || number === undefined ? "\u2013" : Number(number).toLocaleString("en-US"));

function significant(value, digits = 3) {
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.min(12, Math.max(0, digits - 1 - magnitude));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

// Amounts too small to read are given for a million of whatever is counted.
const kTinyUsd = 1e-4;

function dollars(value) {
  if (value === null || value === undefined) return kNotKnown;
  if (value > 0 && value < kTinyUsd) return `$${significant(value * 1e6)} per million`;
  return "$" + (value >= 1 && value < 1000 ? fixed(value, 2) : significant(value));
}

// A price as somebody quoted it: no digits added.
function price(value) {
  return value === null ? kNotKnown : "$" + (Math.abs(value * 100 - Math.round(value * 100)) < 1e-9 ? fixed(value, 2) : String(value));
}

// A sum that was spent: never "per million".
function spent(value) {
  return value === null ? kNotKnown : "$" + (value >= 1 && value < 1000 ? fixed(value, 2) : significant(value));
}

// The interval of a cost, in the unit in which dollars() shows it.
function costInterval(solved) {
  const tiny = solved.usd < kTinyUsd;
  const amount = (value) => (tiny ? significant(value * 1e6) : value >= 1 && value < 1000 ? fixed(value, 2) : significant(value));
  return `${amount(solved.low)} ${solved.high === null ? "or more" : `to ${amount(solved.high)}`}`;
}

function dollarsPerSolved(solved) {
  if (solved.usd === null) return solved.low === null ? kNotKnown : `none solved; over ${dollars(solved.low)}`;
  return solved.low === null ? dollars(solved.usd) : `${dollars(solved.usd)} (${costInterval(solved)})`;
}

function duration(seconds) {
  if (seconds < 1e-3) return significant(seconds * 1e6) + "\u202f\u00b5s";
  if (seconds < 1) return significant(seconds * 1e3) + "\u202fms";
  if (seconds < 60) return significant(seconds) + "\u202fs";
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}\u202fmin ${whole % 60}\u202fs`;
  return `${Math.floor(whole / 3600)}\u202fh ${Math.floor(whole / 60) % 60}\u202fmin`;
}

function bytes(number) {
  if (!number) return null;
  return number >= 1e9 ? significant(number / 1e9) + " GB" : significant(number / 1e6) + " MB";
}

function big(number) {
  if (!number) return null;
  if (number >= 1e9) return significant(number / 1e9) + "\u202fB";
  if (number >= 1e6) return significant(number / 1e6) + "\u202fM";
  return count(number);
}

const rate = (tokens, seconds) => (seconds > 0 ? significant(tokens / seconds) : kNotKnown);
const oneOf = (value) => (value < 0.001 ? "<\u202f0.001" : fixed(value, 3));
