# The second peer of the upload, as a script of a user would be: `upload-with-requests.py URL MODEL ANSWER`.
import sys

import requests

url, model_path, result_path = sys.argv[1:]
headers = {"Content-Type": "application/octet-stream", "Input-Type": "IFC_STEP_4"}
with open(model_path, "rb") as model, requests.post(url, data=model, headers=headers, stream=True) as response:
    response.raise_for_status()
    with open(result_path, "wb") as result:
        for chunk in response.iter_content(64 * 1024):
            result.write(chunk)
