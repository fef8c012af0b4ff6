local annotations = obj.metadata.annotations or {}
local retained = annotations["services.k8s.aws/deletion-policy"] == "retain"
local protected = annotations["sagemaker.services.k8s.aws/deletion-protection"] == "true"
return {
  ["look"] = { ["displayName"] = "Look now", ["iconClass"] = "fa fa-fw fa-sync" },
  ["retain"] = { ["displayName"] = "Retain in SageMaker", ["iconClass"] = "fa fa-fw fa-anchor", ["disabled"] = retained },
  ["protect"] = { ["displayName"] = "Protect from deletion", ["iconClass"] = "fa fa-fw fa-lock", ["disabled"] = protected },
  ["unprotect"] = { ["displayName"] = "Lift the protection", ["iconClass"] = "fa fa-fw fa-unlock", ["disabled"] = not protected },
}
