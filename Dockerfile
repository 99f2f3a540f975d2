# The app on a processor, without a GPU. Models, runs and data sets that are fetched lie in /data.
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 explorer && mkdir /data && chown explorer /data
WORKDIR /app

# Before the code, so that a change of the code installs nothing again.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock \
      --extra-index-url https://download.pytorch.org/whl/cpu

COPY . .
USER explorer
ENV PYTHONDONTWRITEBYTECODE=1 VAE_RUNS_DIR=/data/runs VAE_DATA_DIR=/data/sets
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=60s CMD python -c \
  "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=5)"
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0"]
