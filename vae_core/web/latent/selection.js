// Box and lasso: a polygon on the plane, and the images inside it.

const LASSO_STEP = 3; // pixels between its corners, at least
const MOST_CORNERS = 400;

/** 1 for each place inside a polygon by the even-odd rule, else 0, as ui.selection.inside does. */
function insidePolygon(xy, polygon, inside) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of polygon) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [bottom, top] = [Math.min(bottom, y), Math.max(top, y)];
  }
  for (let i = 0; i < inside.length; i++) {
    const [x, y] = [xy[2 * i], xy[2 * i + 1]];
    let odd = 0;
    if (x >= left && x <= right && y >= bottom && y <= top) {
      for (let n = 0, m = polygon.length - 1; n < polygon.length; m = n++) {
        const [[x1, y1], [x2, y2]] = [polygon[n], polygon[m]];
        if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd ^= 1;
      }
    }
    inside[i] = odd;
  }
}

/** The outline that is being drawn, in places of the plane. */
class Draft {
  constructor(kind, x, y) {
    this.kind = kind;
    this.corners = [[x, y]];
    this.end = [x, y];
  }

  moveTo(x, y, unitsPerPixel) {
    this.end = [x, y];
    if (this.kind === "box") return;
    const [lastX, lastY] = this.corners[this.corners.length - 1];
    if (Math.hypot(x - lastX, y - lastY) >= LASSO_STEP * unitsPerPixel) this.corners.push([x, y]);
    // A long line keeps every second corner, again and again.
    const { length } = this.corners;
    if (length > MOST_CORNERS) this.corners = this.corners.filter((_, n) => n % 2 === 0);
  }

  get polygon() {
    if (this.kind === "lasso") return [...this.corners, this.end];
    const [[[x1, y1]], [x2, y2]] = [this.corners, this.end];
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]];
  }
}

function drawPolygon(context, view, theme, polygon, filled) {
  context.beginPath();
  for (const [x, y] of polygon) context.lineTo(view.toPixelX(x), view.toPixelY(y));
  context.closePath();
  if (filled) {
    context.globalAlpha = 0.1;
    context.fillStyle = theme.primary;
    context.fill();
    context.globalAlpha = 1;
  }
  for (const [colour, width] of [[theme.background, 3.5], [theme.primary, 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}
