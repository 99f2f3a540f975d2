// q(z|x) of every image on the plane: draws from it, and ellipses of its covariance at true scale.

class Posteriors {
  /** @param {ArrayBuffer} bytes covariance on the plane as xx, xy, yy (N, 3), float32 LE. */
  constructor(bytes, count) {
    if (bytes.byteLength !== 12 * count) throw new Error("the posteriors do not fit their number");
    this.covariance = new Float32Array(bytes);
    // Lower triangular L with L L' = covariance: L times a standard normal draw is one of q.
    this.root = new Float32Array(3 * count);
    for (let i = 0; i < 3 * count; i += 3) {
      const across = Math.sqrt(this.covariance[i]);
      const slant = across > 0 ? this.covariance[i + 1] / across : 0;
      this.root[i] = across;
      this.root[i + 1] = slant;
      this.root[i + 2] = Math.sqrt(Math.max(0, this.covariance[i + 2] - slant * slant));
    }
  }

  /** One draw for every image, into places (N, 2); the same for the same seed. */
  sample(means, seed, places) {
    const random = mulberry32(seed);
    const { root } = this;
    for (let i = 0; i < means.length / 2; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      const u = radius * Math.cos(angle);
      const v = radius * Math.sin(angle);
      places[2 * i] = means[2 * i] + root[3 * i] * u;
      places[2 * i + 1] = means[2 * i + 1] + root[3 * i + 1] * u + root[3 * i + 2] * v;
    }
  }
}

// Tommy Ettinger's Mulberry32: 32 bits of state, good enough for a picture.
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The ellipse of all places k standard deviations away, at a place in pixels. */
function ellipsePath(context, x, y, [xx, xy, yy], k, scale) {
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  const major = k * scale * Math.sqrt(middle + spread);
  const minor = k * scale * Math.sqrt(Math.max(0, middle - spread));
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  context.beginPath();
  context.ellipse(x, y, major, minor, -angle, 0, 2 * Math.PI); // pixels count downwards
}

/** Both ellipses of one image, with a halo, as lines of a canvas context. */
function drawPosterior(context, theme, x, y, covariance, colour, scale) {
  for (const k of [2, 1]) {
    ellipsePath(context, x, y, covariance, k, scale);
    context.fillStyle = colour;
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    for (const [stroke, width] of [[theme.background, 3.5], [colour, 1.5]]) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.stroke();
    }
  }
}

const LONGEST_OUTLINE = 6000; // steps

/**
 * Thousands of ellipses straight into an image buffer: 1 and 2 standard deviations each.
 * @param picture { buffer, width, height }
 * @param frame { left, top, scale } of the plane's origin, in the buffer's pixels.
 * @param order images, in the sequence in which they are drawn.
 * @param shown (image) => whether to draw it.
 * @param most where more are in view, every n-th is drawn.
 * @returns { wanted, drawn } in view.
 */
function strokeEllipses(picture, frame, { places, order, posteriors, colourOf, shown, most }) {
  const { left, top, scale } = frame;
  const { root } = posteriors;
  const inView = [];
  for (let n = 0; n < order.length; n++) {
    const i = order[n];
    if (!shown(i)) continue;
    const x = left + places[2 * i] * scale;
    const y = top - places[2 * i + 1] * scale;
    const reachX = 2 * scale * root[3 * i] + 2;
    const reachY = 2 * scale * Math.hypot(root[3 * i + 1], root[3 * i + 2]) + 2;
    const outside = x < -reachX || x > picture.width + reachX || y < -reachY;
    if (!outside && y <= picture.height + reachY) inView.push(i);
  }
  const every = Math.ceil(inView.length / most);
  let drawn = 0;
  for (let n = 0; n < inView.length; n += every, drawn++) {
    const i = inView[n];
    const x = left + places[2 * i] * scale;
    const y = top - places[2 * i + 1] * scale;
    const a = root[3 * i] * scale;
    const b = root[3 * i + 1] * scale;
    const c = root[3 * i + 2] * scale;
    strokeEllipse(picture, x, y, 2 * a, 2 * b, 2 * c, colourOf(i), 60);
    strokeEllipse(picture, x, y, a, b, c, colourOf(i), 120);
  }
  return { wanted: inView.length, drawn };
}

// The places (x + a cos t, y - b cos t - c sin t), in steps of at most a pixel, each shared by
// the two pixels it lies between, across the line's direction.
function strokeEllipse({ buffer, width, height }, x, y, a, b, c, colour, cover) {
  const steps = Math.min(LONGEST_OUTLINE, Math.max(8, Math.ceil(6.2832 * Math.hypot(a, b, c))));
  const turnCos = Math.cos((2 * Math.PI) / steps);
  const turnSin = Math.sin((2 * Math.PI) / steps);
  let [cos, sin] = [1, 0];
  for (let n = 0; n < steps; n++) {
    const px = x + a * cos - 0.5;
    const py = y - b * cos - c * sin - 0.5;
    const flat = Math.abs(a * sin) > Math.abs(c * cos - b * sin);
    const turned = cos * turnCos - sin * turnSin;
    sin = sin * turnCos + cos * turnSin;
    cos = turned;
    if (!(px >= 0 && py >= 0 && px < width - 1 && py < height - 1)) continue;
    const column = flat ? (px + 0.5) | 0 : px | 0;
    const row = flat ? py | 0 : (py + 0.5) | 0;
    const further = (cover * (flat ? py - row : px - column)) | 0;
    const at = row * width + column;
    blend(buffer, at, colour, cover - further);
    blend(buffer, at + (flat ? width : 1), colour, further);
  }
}

/** Lay a colour over a pixel of an image buffer; cover in 0..256. */
function blend(buffer, at, colour, cover) {
  // Red and blue are blended in one multiplication: they lie 16 bits apart.
  const under = buffer[at];
  const rest = 256 - cover;
  const rb = (Math.imul(under & 0xff00ff, rest) + Math.imul(colour & 0xff00ff, cover)) >>> 8;
  const g = Math.imul((under >>> 8) & 0xff, rest) + Math.imul((colour >>> 8) & 0xff, cover);
  buffer[at] = 0xff000000 | (rb & 0xff00ff) | (g & 0xff00);
}
