namespace FastAlign.Kernels.Conformance;

/// <summary>Contents of all operands of a case, in double, by name.</summary>
public sealed class Values
{
    private readonly Dictionary<string, double[]> _byName;

    public Values() => _byName = [];

    private Values(Dictionary<string, double[]> byName) => _byName = byName;

    public double[] this[string name]
    {
        get => _byName[name];
        set => _byName[name] = value;
    }

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>A copy whose arrays may be replaced, not written to.</summary>
    public Values Clone() => new(new Dictionary<string, double[]>(_byName));
}
