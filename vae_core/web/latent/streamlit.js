// The component of the latent plane in Streamlit.
import { mountOnce } from "../shared/mount.js";
import { LatentCanvas } from "./canvas.js";

export default mountOnce(LatentCanvas);
