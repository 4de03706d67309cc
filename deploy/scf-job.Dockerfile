# The image as a job image of SCF, with your configuration in it: SCF hands it one event in SCF_CUSTOM_CONTAINER_EVENT, and it ends.
#   docker build -f deploy/Dockerfile -t eip-guard:0.1.0 . && docker build -f deploy/scf-job.Dockerfile -t eip-guard-job:0.1.0 .
# Its keys are those of the function's role. Keep the state in COS, and secrets in the Secrets Manager. Port -1 in SCF's image settings makes it a job.
FROM eip-guard:0.1.0
COPY eip-guard.yaml /etc/eip-guard/eip-guard.yaml
CMD ["job", "--config", "/etc/eip-guard/eip-guard.yaml"]
