// What the page tells the canvas to draw: what vae_core.web.code_data makes, as JSON.

export interface CodeData {
  decoder_url: string;
  layers: number[];
  activation: string;
  likelihood: string;
  /** q(z|x): by variable, then by category */
  rows: number[][];
  /** grey bytes in base64 */
  image: string;
  image_shape: [height: number, width: number];
  /** the category of each variable, null for the likeliest */
  code: number[] | null;
  opening: number;
}
