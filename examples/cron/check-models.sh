#!/bin/sh
# Sends the models that changed since the last night. A line of crontab, with the mail of cron for what fails:
# 0 3 * * *  BIMSERVICE_CREDENTIALS_FILE=$HOME/credentials.txt  $HOME/check-models.sh duplicate-globalids $HOME/models $HOME/results
set -eu
service=$1 models=$2 results=$3

# Fails a week before a person has to consent again.
bimservice status "$service" --fail-if-expires-in 7d > /dev/null

bimservice invoke "$service" "$models/**/*.ifc" --output "$results/" --skip-done --force --jobs 2 --retry 5
bimservice bcf "$results"/*.bcf --fail-on 'topics>0'
