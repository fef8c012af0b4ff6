-- The conditions are kstatus' (Ready, Reconciling, Stalled), with ACK's beside them. What is True decides, whatever the order.
local hs = { status = "Progressing", message = "Waiting for the controller to look at it" }
if obj.status == nil or obj.status.conditions == nil then
  return hs
end

-- -1 is what the CRD gives a new object; any other difference is an edit that the controller has not seen yet
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  if obj.status.observedGeneration ~= -1 then
    hs.message = "Waiting for the controller to look at the last edit"
  end
  return hs
end

local found = {}
for _, condition in ipairs(obj.status.conditions) do
  found[condition.type] = condition
end
local function is_true(name)
  return found[name] ~= nil and found[name].status == "True"
end
local function message(name)
  return found[name].message or found[name].reason or ""
end

if is_true("Stalled") then
  return { status = "Degraded", message = message("Stalled") }
end
if is_true("ACK.Terminal") then
  return { status = "Degraded", message = message("ACK.Terminal") }
end
if is_true("Reconciling") then
  hs.message = message("Reconciling")
  return hs
end
if is_true("Ready") then
  -- what a person should know of something that serves: that it cannot be looked at, or what of an edit will not be done
  for _, name in ipairs({ "ACK.Recoverable", "ACK.Advisory" }) do
    if is_true(name) then
      return { status = "Healthy", message = message(name) }
    end
  end
  return { status = "Healthy", message = message("Ready") }
end
if found["Ready"] ~= nil then
  hs.message = message("Ready")
end
return hs
