// The component of the map where q is moved in Streamlit.
import { mountOnce } from "../shared/mount.js";
import { QCanvas } from "./canvas.js";

export default mountOnce(QCanvas);
