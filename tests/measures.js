// What a person can see of the page, in numbers. Run inside the page by the tests.

const seen = (node) => {
  if (!node.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })) return false;
  const box = node.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && !node.closest('.visually-hidden');
};

const named = (node) => `${node.tagName.toLowerCase()}.${[...node.classList].join('.')} “${(node.getAttribute('aria-label') || node.textContent || node.placeholder || '').trim().slice(0, 40)}”`;

function sideways() {
  const wide = [];
  if (document.scrollingElement.scrollWidth > window.innerWidth) wide.push(`document ${document.scrollingElement.scrollWidth}`);
  for (const node of document.querySelectorAll('body *')) {
    if (!seen(node) || node.closest('svg')) continue;
    const box = node.getBoundingClientRect();
    if (node.closest('.table-frame') && !node.matches('.table-frame')) continue;
    if (box.right > window.innerWidth + 0.5 || box.left < -0.5) wide.push(`${named(node)} ${Math.round(box.left)}…${Math.round(box.right)}`);
    const style = getComputedStyle(node);
    if (/auto|scroll/.test(style.overflowX) && node.scrollWidth > node.clientWidth + 1) wide.push(`${named(node)} scrolls ${node.scrollWidth} in ${node.clientWidth}`);
  }
  return wide;
}

function smallTargets(least) {
  const controls = 'button, input, select, textarea, summary, [role=option], [role=menuitem], [role=menuitemradio], [role=tab]';
  return [...document.querySelectorAll(controls)].filter(seen).flatMap((node) => {
    const box = node.getBoundingClientRect();
    return box.width < least - 0.01 || box.height < least - 0.01 ? [`${named(node)} ${box.width.toFixed(1)}×${box.height.toFixed(1)}`] : [];
  });
}

const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);

function ground(node) {
  const layers = [];
  for (let at = node; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
}

function light([r, g, b]) {
  const [x, y, z] = [r, g, b].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function contrast(a, b) {
  const [bright, dark] = [light(a), light(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dark + 0.05);
}

const opacity = (node) => (node ? Number(getComputedStyle(node).opacity) * opacity(node.parentElement) : 1);

function faintText(least) {
  const faint = [];
  const judge = (node, style, words) => {
    const behind = ground(node);
    const ratio = contrast(over(rgba(style.color), behind), behind);
    if (ratio < least) faint.push(`${ratio.toFixed(2)} ${named(node)} ${words}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const node = text.parentElement;
    if (!/[\p{L}\p{N}]/u.test(text.data) || !seen(node) || node.closest('option, script, noscript') || opacity(node) === 0) continue;
    if (opacity(node) < 1) faint.push(`opacity ${opacity(node)} ${named(node)}`);
    judge(node, getComputedStyle(node), '');
  }
  for (const field of document.querySelectorAll('input, textarea, select')) {
    if (!seen(field) || opacity(field) === 0) continue;
    judge(field, getComputedStyle(field), 'value');
    if (field.placeholder) judge(field, getComputedStyle(field, '::placeholder'), 'placeholder');
  }
  return faint;
}
