// What the page tells the canvas to draw: what vae_core.web.posterior_data makes, as JSON.

/** N(mu, diag sigma²) over two latents. */
export interface Gaussian {
  mu: number[];
  sigma: number[];
}

/** A q with its name and colour, as it is drawn. */
export interface NamedQ extends Gaussian {
  name: string;
  colour: string;
}

/** Values on an even grid, edges included, row 0 at the bottom. */
export interface PackedField {
  /** left, right, bottom, top */
  bounds: number[];
  /** places along each axis */
  steps: number;
  /** float32 in base64 */
  values: string;
}

export interface PosteriorData {
  image: string;
  bounds: number[];
  fields: PackedField[];
  log_p: number;
  mode: number[];
  mean: number[];
  encoder: Gaussian;
  hand: Gaussian | null;
  path: Gaussian[];
  climbs: number;
  colours: { encoder: string; hand: string; best: string };
  height: number;
  opening: number;
}
