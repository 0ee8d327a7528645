using System.Reflection;
using System.Text.RegularExpressions;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Finds the formulas of <c>FastAlign.Kernels</c>, so that each is a kernel, emitted, linted and in the manifest, by being there: nobody has to list it. A formula
/// that is made of another one (<see cref="PerToken{TFormula, T}"/>) is found with every other that it accepts.
/// </summary>
internal static partial class DeviceFormulas
{
    /// <summary>Every implementation of a formula interface over a lane, in the order of names.</summary>
    /// <param name="formula">The open interface, e.g. <c>IPairFormula&lt;&gt;</c>.</param>
    /// <param name="lane">What its parameter T stands for.</param>
    public static IReadOnlyList<Type> Implementing(Type formula, Type lane) =>
        [.. Implementing(formula, lane, []).OrderBy(static type => Name("", type), StringComparer.Ordinal)];

    /// <summary>Name of a formula's kernel: <c>pair.per_token.squared_pair</c> of <c>PerToken&lt;SquaredPair&lt;T&gt;, T&gt;</c> and the prefix <c>pair</c>.</summary>
    public static string Name(string prefix, Type formula)
    {
        string own = $"{prefix}.{Capital().Replace(formula.Name.Split('`')[0], "_").ToLowerInvariant()}";
        return formula.GenericTypeArguments.Where(static argument => !IsLane(argument)).Aggregate(own, Name);
    }

    /// <summary>The kernel that a generic method of the catalogue gives a formula.</summary>
    public static KernelInfo Kernel(Type catalogue, string method, Type formula) =>
        (KernelInfo)catalogue.GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(formula).Invoke(null, null)!;

    private static IEnumerable<Type> Implementing(Type formula, Type lane, Type[] around) =>
        from type in formula.Assembly.GetExportedTypes()
        where type.IsValueType && type.GetInterfaces().Any(implemented => IsOf(implemented, formula)) && !around.Contains(type)
        from closed in Close(type, lane, [.. around, type])
        select closed;

    /// <summary>A formula over the lane: one type, or one for each formula that it can be made of. None is made of itself.</summary>
    private static IEnumerable<Type> Close(Type type, Type lane, Type[] around)
    {
        IEnumerable<Type[]> choices = [[]];
        foreach (Type parameter in type.GetGenericArguments())
        {
            Type constraint = parameter.GetGenericParameterConstraints().Single(static candidate => candidate.IsInterface).GetGenericTypeDefinition();
            Type[] arguments = constraint == typeof(ILane<>) ? [lane] : [.. Implementing(constraint, lane, around)];
            choices = [.. from chosen in choices from argument in arguments select (Type[])[.. chosen, argument]];
        }

        return choices.Select(arguments => type.MakeGenericType(arguments));
    }

    private static bool IsLane(Type type) => type.GetInterfaces().Any(static implemented => IsOf(implemented, typeof(ILane<>)));

    private static bool IsOf(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    [GeneratedRegex("(?<!^)(?=[A-Z])")]
    private static partial Regex Capital();
}
