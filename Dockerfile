FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && /opt/venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home fabula && install -d -o fabula -g fabula /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 FABULA_HOST=0.0.0.0 FABULA_HOME=/data
WORKDIR /data
USER fabula
VOLUME /data
EXPOSE 8400
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('FABULA_PORT', '8400')}/health\")"]
ENTRYPOINT ["fabula"]
CMD ["serve"]
